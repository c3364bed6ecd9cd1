# SPDX-License-Identifier: MIT
# The objects of this module, each made of a row of wcow's JSON; Wcow.Types.ps1xml and Wcow.Format.ps1xml say how they
# look.
$script:Makers = @{
    Container = {
        param($Row)
        [pscustomobject] @{
            PSTypeName = 'Wcow.Container'
            Id = $Row.ID
            Name = $Row.Names
            Image = $Row.Image
            Command = $Row.Command -replace '^"(.*)"$', '$1'
            Created = ConvertFrom-WcowDate $Row.CreatedAt
            State = $Row.State
            Status = $Row.Status
            ExitCode = if ($Row.Status -match '^Exited \((-?\d+)\)') { [int64] $Matches[1] }
            Health = $Row.HealthStatus
            Isolation = $Row.Isolation
            Ports = @(ConvertFrom-WcowPort $Row.Ports)
            Networks = @($Row.Networks -split ',' | Where-Object { $_ })
            Mounts = @($Row.Mounts -split ',' | Where-Object { $_ })
            Labels = ConvertFrom-WcowLabel $Row.Labels
            Platform = $Row.Platform
        }
    }
    Image = {
        param($Row)
        $named = $Row.Repository -ne '<none>' -and $Row.Tag -ne '<none>'
        [pscustomobject] @{
            PSTypeName = 'Wcow.Image'
            Reference = if ($named) { "$($Row.Repository):$($Row.Tag)" } else { $Row.ID }
            Repository = $Row.Repository
            Tag = $Row.Tag
            Id = $Row.ID
            Digest = if ($Row.Digest -ne '<none>') { $Row.Digest }
            Created = ConvertFrom-WcowDate $Row.CreatedAt
            Size = ConvertFrom-WcowSize $Row.Size
        }
    }
    History = {
        param($Row)
        [pscustomobject] @{
            PSTypeName = 'Wcow.ImageHistory'
            Id = if ($Row.ID -ne '<missing>') { $Row.ID }
            Created = ConvertFrom-WcowDate $Row.CreatedAt
            CreatedBy = $Row.CreatedBy
            Size = ConvertFrom-WcowSize $Row.Size
            Comment = $Row.Comment
        }
    }
    Network = {
        param($Row)
        [pscustomobject] @{
            PSTypeName = 'Wcow.Network'
            Id = $Row.ID
            Name = $Row.Name
            Driver = $Row.Driver
            Scope = $Row.Scope
            Internal = $Row.Internal -eq 'true'
            Created = ConvertFrom-WcowDate $Row.CreatedAt
            Labels = ConvertFrom-WcowLabel $Row.Labels
        }
    }
    Volume = {
        param($Row)
        [pscustomobject] @{
            PSTypeName = 'Wcow.Volume'
            Name = $Row.Name
            Driver = $Row.Driver
            Scope = $Row.Scope
            Mountpoint = $Row.Mountpoint
            Labels = ConvertFrom-WcowLabel $Row.Labels
        }
    }
    Usage = {
        param($Row)
        $network = $Row.NetIO -split ' / '
        $block = $Row.BlockIO -split ' / '
        [pscustomobject] @{
            PSTypeName = 'Wcow.Usage'
            Id = $Row.ID
            Name = $Row.Name
            CpuPercent = if ($Row.CPUPerc -match '^[\d.]+') {
                [double]::Parse($Matches[0], [System.Globalization.CultureInfo]::InvariantCulture)
            }
            MemoryUsage = ConvertFrom-WcowSize $Row.MemUsage
            NetworkReceived = ConvertFrom-WcowSize $network[0]
            NetworkSent = ConvertFrom-WcowSize $network[-1]
            BlockRead = ConvertFrom-WcowSize $block[0]
            BlockWritten = ConvertFrom-WcowSize $block[-1]
            Time = Get-Date
        }
    }
    Process = {
        param($Row)
        # Its hours go on above 23, as no text of a timespan does.
        $hours, $minutes, $seconds, $parts = $Row.CPU -split '[:.]'
        [pscustomobject] @{
            PSTypeName = 'Wcow.Process'
            Container = ''
            ProcessId = [int] $Row.PID
            ProcessName = $Row.Name
            CpuTime = New-Object timespan 0, $hours, $minutes, $seconds, $parts
            WorkingSet = ConvertFrom-WcowSize $Row.PrivateWorkingSet
        }
    }
    Event = {
        param($Row)
        $attributes = @{}
        foreach ($property in $Row.Actor.Attributes.PSObject.Properties) {
            $attributes[$property.Name] = $property.Value
        }
        $ticks = [int64] 621355968000000000 + [int64] [Math]::Floor([decimal] $Row.timeNano / 100)
        [pscustomobject] @{
            PSTypeName = 'Wcow.Event'
            Time = (New-Object DateTime $ticks, 'Utc').ToLocalTime()
            Type = $Row.Type
            Action = $Row.Action
            Id = $Row.Actor.ID
            Name = $attributes['name']
            Attributes = $attributes
        }
    }
    Finding = {
        param($Row)
        [pscustomobject] @{
            PSTypeName = 'Wcow.Finding'
            Id = $Row.ID
            Question = $Row.Question
            Verdict = $Row.Verdict
            Found = $Row.Found
            Remedy = $Row.Remedy
            Fixable = [bool] $Row.Fixable
            Fixed = [bool] $Row.Fixed
        }
    }
    Explanation = {
        param($Row)
        [pscustomobject] @{
            PSTypeName = 'Wcow.Error'
            Code = $Row.Code
            HResult = if ($Row.Code) { [Convert]::ToInt32($Row.Code.Substring(2), 16) }
            Name = $Row.Name
            Meaning = $Row.Meaning
            Causes = @($Row.Causes)
            Remedies = @($Row.Remedies)
        }
    }
    DiskUsage = {
        param($Row)
        [pscustomobject] @{
            PSTypeName = 'Wcow.DiskUsage'
            Type = $Row.Type
            TotalCount = [int] $Row.TotalCount
            Active = [int] $Row.Active
            Size = ConvertFrom-WcowSize $Row.Size
            Reclaimable = ConvertFrom-WcowSize $Row.Reclaimable
        }
    }
    Service = {
        param($Row)
        [pscustomobject] @{
            PSTypeName = 'Wcow.Service'
            ServiceName = $Row.ID
            Container = $Row.Container
            Name = $Row.Names
            State = $Row.State
            Start = $Row.Start
            ProcessId = if ($Row.PID) { [int] $Row.PID }
            Root = $Row.Root
        }
    }
    Layer = {
        param($Row)
        [pscustomobject] @{
            PSTypeName = 'Wcow.Layer'
            Id = $Row.ID
            Parent = $Row.Parent
            Status = $Row.Status
            Size = ConvertFrom-WcowSize $Row.Size
            Files = [int64] $Row.Files
            Images = [int] $Row.Images
            Containers = [int] $Row.Containers
            UtilityVM = $Row.UtilityVM -eq 'yes'
            Path = $Row.Path
        }
    }
}

# Runs a command that prints JSON, an object a line, and makes objects of them as they come.
function Get-WcowObject {
    param(
        [string] $Kind, [string[]] $Argument, [System.Management.Automation.PSCmdlet] $Cmdlet, $Target, [switch] $Program
    )

    $maker = $script:Makers[$Kind]
    Invoke-WcowTool -Argument $Argument -Cmdlet $Cmdlet -Target $Target -Program:$Program | ForEach-Object {
        if ($_.StartsWith('{')) {
            $row = ConvertFrom-WcowRow -Line $_ -Key ID -Cmdlet $Cmdlet
            if ($row) {
                & $maker $row
            }
        }
    }
}

# PowerShell's objects cannot have members whose names differ in case only, which labels may have: what has such ones is
# left out, and nothing else.
function ConvertFrom-WcowRow {
    param([string] $Line, [string] $Key, [System.Management.Automation.PSCmdlet] $Cmdlet)

    try {
        ConvertFrom-Json -InputObject $Line
    } catch {
        $name = if ($Line -cmatch "`"$Key`":`"([^`"]*)`"") { $Matches[1] } else { 'something' }
        $Cmdlet.WriteWarning("$name is left out, since PowerShell cannot have all of it in an object: $($_.Exception.Message)")
    }
}
