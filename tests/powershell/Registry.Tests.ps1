# SPDX-License-Identifier: MIT
# A registry of this machine that lets in one user only (tests/powershell/run starts it).
Describe 'A registry' -Tag Simulated {
    BeforeAll {
        $before = $env:DOCKER_CONFIG
        $env:DOCKER_CONFIG = 'C:\registry-test'
        $name = "$env:WCOW_TEST_REGISTRY/own/nano:1"
        Set-WcowImageTag nano:1 $name
        function New-Login([string] $Password) {
            New-Object pscredential 'user', (ConvertTo-SecureString $Password -AsPlainText -Force)
        }
        function Get-Login {
            $file = Join-Path $env:DOCKER_CONFIG 'config.json'
            if (Test-Path $file) { (ConvertFrom-Json (Get-Content $file -Raw)).auths.PSObject.Properties | ForEach-Object Name }
        }
    }
    AfterAll {
        Get-WcowImage "$env:WCOW_TEST_REGISTRY/*" | Remove-WcowImage
        Remove-Item $env:DOCKER_CONFIG -Recurse -Force -ErrorAction SilentlyContinue
        $env:DOCKER_CONFIG = $before
    }

    It 'takes nothing from those who have not signed in' {
        Publish-WcowImage $name -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems.Count | Should -Be 1
        $problems[0].CategoryInfo.Category | Should -Be PermissionDenied
        $problems[0].TargetObject | Should -Be $name
    }
    It 'lets in whom it knows, and keeps no wrong password' {
        Connect-WcowRegistry $env:WCOW_TEST_REGISTRY (New-Login wrong) -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].CategoryInfo.Category | Should -Be PermissionDenied
        Get-Login | Should -BeNullOrEmpty
        Connect-WcowRegistry $env:WCOW_TEST_REGISTRY (New-Login $env:WCOW_TEST_PASSWORD)
        Get-Login | Should -Be $env:WCOW_TEST_REGISTRY
    }
    It 'is given images, with progress, and gives them back' {
        $id = (Get-WcowImage $name).Id
        $shell = [powershell]::Create().AddScript('param($name) Import-Module $env:WCOW_TEST_MODULE; Publish-WcowImage $name').AddArgument($name)
        $shell.Invoke() | Should -BeNullOrEmpty
        @($shell.Streams.Error.ReadAll()) | Should -BeNullOrEmpty
        @($shell.Streams.Progress.ReadAll() | Where-Object Activity -eq "Pushing $name")[-1].RecordType | Should -Be Completed
        Get-WcowImage $name | Remove-WcowImage
        $back = Request-WcowImage $name
        $back.Reference, $back.Id | Should -Be $name, $id
    }
    It 'takes nothing any more from those who have signed out' {
        Disconnect-WcowRegistry $env:WCOW_TEST_REGISTRY
        Get-Login | Should -BeNullOrEmpty
        Publish-WcowImage $name -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].CategoryInfo.Category | Should -Be PermissionDenied
    }
}
