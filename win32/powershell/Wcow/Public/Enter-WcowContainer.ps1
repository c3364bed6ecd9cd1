# SPDX-License-Identifier: MIT
function Enter-WcowContainer {
    <#
    .SYNOPSIS
    Opens a shell in a running container.
    .DESCRIPTION
    Runs a shell with this console. It ends with exit, or leaves the container with Ctrl-P Ctrl-Q.
    .PARAMETER Container
    Its name or id, or an object of Get-WcowContainer.
    .PARAMETER Command
    The shell with its arguments: cmd.
    .PARAMETER User
    Whom it runs as.
    .PARAMETER WorkingDirectory
    Where it starts.
    .EXAMPLE
    Enter-WcowContainer web
    .EXAMPLE
    Enter-WcowContainer web powershell
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [string] $Container,
        [Parameter(Position = 1, ValueFromRemainingArguments = $true)]
        [string[]] $Command = 'cmd',
        [string] $User,
        [string] $WorkingDirectory
    )

    process {
        $argument = @(ConvertTo-WcowArgument -Name 'Enter-WcowContainer' -Bound $PSBoundParameters)
        # The console is the program's own now: nothing is read here.
        & (Find-WcowTool) @argument --interactive --tty $Container @Command
    }
}
